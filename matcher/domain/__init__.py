"""What the product means: columns, rules, terms, tiers, policy, snapshot and plan. Pure."""
