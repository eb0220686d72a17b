"""A TrendsQuery, as PostHog's schema has it."""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from tools.local.queries.model import BreakdownFilter, CompareFilter, Entity, Part, Timed

TOTALS = frozenset(["BoldNumber", "ActionsPie", "ActionsBarValue", "ActionsTable", "WorldMap"])
CUMULATIVE = "ActionsLineGraphCumulative"


class FormulaNode(Part):
    """A formula with a name."""

    formula: str
    custom_name: str | None = None


class TrendsFilter(Part):
    """How series become results; the fields without a type are for screens."""

    display: (
        Literal[
            "Auto",
            "ActionsLineGraph",
            "ActionsLineGraphCumulative",
            "ActionsAreaGraph",
            "ActionsBar",
            "ActionsUnstackedBar",
            "ActionsStackedBar",
            "BoldNumber",
            "ActionsPie",
            "ActionsBarValue",
            "ActionsTable",
            "WorldMap",
        ]
        | None
    ) = None
    formula: str | None = None
    formulas: list[str] | None = None
    formulaNodes: list[FormulaNode] | None = None
    smoothingIntervals: int | None = Field(default=None, ge=1, le=1000)
    aggregationAxisFormat: Any = None
    aggregationAxisPrefix: Any = None
    aggregationAxisPostfix: Any = None
    confidenceLevel: Any = None
    decimalPlaces: Any = None
    detailedResultsAggregationType: Any = None
    goalLines: Any = None
    hiddenLegendIndexes: Any = None
    minDecimalPlaces: Any = None
    movingAverageIntervals: Any = None
    resultCustomizationBy: Any = None
    resultCustomizations: Any = None
    showAlertThresholdLines: Any = None
    showConfidenceIntervals: Any = None
    showLabelsOnSeries: Any = None
    showLegend: Any = None
    showMovingAverage: Any = None
    showMultipleYAxes: Any = None
    showPercentStackView: Any = None
    showTrendLines: Any = None
    showValuesOnSeries: Any = None
    yAxisScaleType: Any = None


class TrendsQuery(Timed):
    """How often, by how many or how much, over time or in total."""

    series: list[Entity] = Field(min_length=1)
    trendsFilter: TrendsFilter | None = None
    breakdownFilter: BreakdownFilter | None = None
    compareFilter: CompareFilter | None = None
    conversionGoal: None = None

    @property
    def shown(self) -> TrendsFilter:
        """How it is shown, by default as a line."""
        return self.trendsFilter or TrendsFilter()

    @property
    def totals(self) -> bool:
        """Whether it asks for one value over the whole time."""
        return self.shown.display in TOTALS

    @property
    def cumulative(self) -> bool:
        """Whether values add up over time."""
        return self.shown.display == CUMULATIVE

    def formulas(self) -> Iterator[FormulaNode]:
        """The formulas, in whichever way they are written; the newest way goes first."""
        found = self.shown
        if found.formulaNodes:
            yield from found.formulaNodes
        elif found.formulas:
            yield from (FormulaNode(formula=text) for text in found.formulas if text.strip())
        elif found.formula:
            yield FormulaNode(formula=found.formula)
