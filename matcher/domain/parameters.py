"""Parameters of a policy that belong to no definition: of journeys, runs, futures, the engine."""

from collections.abc import Mapping

from matcher.domain.definitions import Parameter, Within
from matcher.domain.outlook import POTENTIAL_PARAMETERS

JOURNEY_PARAMETERS: Mapping[str, Parameter] = {
    parameter.name: parameter
    for parameter in (
        Parameter("default_limit_minutes", 45, int, Within(1, 90, "minutes one way")),
        Parameter("cap_minutes", 90, int, Within(1, 90, "minutes one way")),
        Parameter("detour_factor", 1.3, float, Within(1.0, 3.0)),
    )
}
"""About every journey; the cap of 90 minutes is 3 hours of travel a day in municipal rules."""

RUN_PARAMETERS: Mapping[str, Parameter] = {
    "seed": Parameter("seed", 0, int, Within(0, 2**31 - 1)),
}

ENGINE_PARAMETERS: Mapping[str, Parameter] = {
    parameter.name: parameter
    for parameter in (
        Parameter("time_limit_seconds", 20.0, float, Within(0.0, 3600.0, "seconds")),
        Parameter("relative_gap", 0.005, float, Within(0.0, 1.0)),
    )
}
"""How long limits that do not nest are searched, and how near the best is near enough."""

PARAMETERS: Mapping[str, Mapping[str, Parameter]] = {
    "journey": JOURNEY_PARAMETERS,
    "run": RUN_PARAMETERS,
    "potentials": POTENTIAL_PARAMETERS,
    "engine": ENGINE_PARAMETERS,
}
"""Table of the policy -> its parameters by name."""
