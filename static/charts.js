// Charts, loaded only by pages that have one (macros/charts.html). The table beside each carries the same figures.
import { BarChart, FunnelChart, GraphChart, HeatmapChart } from "echarts/charts";
import {
  AriaComponent, GridComponent, LegendComponent, TooltipComponent, VisualMapContinuousComponent,
} from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([
  BarChart, FunnelChart, GraphChart, HeatmapChart, CanvasRenderer,
  AriaComponent, GridComponent, LegendComponent, TooltipComponent, VisualMapContinuousComponent,
]);

const COLOURS = ["#1f4f99", "#2f8f9d", "#e09a1a", "#6b5bb5", "#2b9a66", "#c9483f", "#8091a5"];
const LINE = "#e2e7ed";

// Tooltips are drawn on the canvas (richText): the page's policy allows no style attributes in markup.
function look(option) {
  const { fontFamily } = getComputedStyle(document.body);
  const right = document.documentElement.lang.startsWith("zh") ? 56 : 112; // room for the figure after the longest bar
  return {
    color: COLOURS,
    textStyle: { fontFamily, color: "#1b2733" },
    grid: {
      left: 16, right, top: option.legend ? 40 : 12, bottom: 8, outerBoundsMode: "same", outerBoundsContain: "axisLabel",
    },
    tooltip: { renderMode: "richText", confine: true },
    aria: { enabled: true, decal: { show: false } },
    animationDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 300,
  };
}

function axis(option) {
  return {
    ...option,
    axisLine: { lineStyle: { color: LINE } },
    axisTick: { show: false },
    axisLabel: { color: "#52606f", ...option.axisLabel },
    splitLine: { lineStyle: { color: LINE }, ...option.splitLine },
  };
}

function draw(place) {
  const option = JSON.parse(place.dataset.chart);
  place.classList.add("chart-drawn");
  const chart = echarts.init(place, null, { renderer: "canvas" });
  if (option.xAxis) option.xAxis = axis(option.xAxis);
  if (option.yAxis) option.yAxis = axis(option.yAxis);
  if (option.legend) option.legend = { top: 0, right: 0, itemWidth: 12, itemHeight: 12, icon: "roundRect", ...option.legend };
  for (const series of option.series) if (series.type === "bar") series.barMaxWidth ??= 36;
  chart.setOption({ ...look(option), ...option });
  // A figure opens the list behind it when its data item has an url.
  chart.on("click", ({ data }) => { if (data?.url) location.assign(data.url); });
  new ResizeObserver(() => chart.resize()).observe(place);
}

document.querySelectorAll("[data-chart]").forEach(draw);
