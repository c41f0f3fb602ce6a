"""Events: 招商会, exhibitions, delegations, and who came."""
