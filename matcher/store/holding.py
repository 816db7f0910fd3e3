"""Which proposals hold their person and their opening: somebody has said yes, or asked for time."""

# Such a proposal is not replaced, and its person gets no other one. One that was accepted pins
# until the work begins; then the deployment speaks for it.
HELD = "({0}.state = 'open' and {0}.held_until > now())"
PINNED = """(
    {0}.state = 'with_employer'
    or {0}.state = 'open' and {0}.held_until > now()
    or {0}.state = 'accepted' and not exists (
        select from deployment d where d.proposal_id = {0}.id and d.state <> 'planned'
    )
)"""
