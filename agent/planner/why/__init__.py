"""Why something changed, what changed, and what goes with it: investigations over several queries.

The method of `explain`, after what others do:
- The premise is held against comparable periods first; a wrong one is denied with the figures.
- A sudden change inside a longer period is located first (a scan over runs of days).
- The part that explains a change is the one inside which it happened while all else stayed: the
  gain in likelihood of "only this part changed" over "all changed alike". Adtributor (Bhagwan et
  al., NSDI 2014) weighs explanatory power and surprise of one dimension's values; HotSpot and
  Squeeze look for the combination with which all that lies in it changed (ripple effect); Metabase,
  ThoughtSpot's change analysis and Mixpanel rank segments by their share in the change. This takes
  their common ground: share, contrast against the rest, few values, then one level deeper.
- Rates are split into mix and within (Kitagawa 1955), so that Simpson's paradox is named as such.
- Other events tell gaps in tracking, new names, failures and moves of the whole product apart.
- Flags, experiments and notes of that time are laid beside it; no cause is claimed beyond the data.
"""

from agent.planner.why.driving import Outcome, drivers
from agent.planner.why.entry import explain
from agent.planner.why.watching import watch

__all__ = ["Outcome", "drivers", "explain", "watch"]
