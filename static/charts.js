// Charts, loaded only by pages that have one (macros/charts.html). The table beside each carries the same figures.
import { BarChart, FunnelChart, GraphChart, HeatmapChart, LineChart, MapChart } from "echarts/charts";
import {
  GeoComponent, GridComponent, LegendComponent, TooltipComponent, VisualMapContinuousComponent,
} from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([
  BarChart, FunnelChart, GraphChart, HeatmapChart, LineChart, MapChart, CanvasRenderer,
  GeoComponent, GridComponent, LegendComponent, TooltipComponent, VisualMapContinuousComponent,
]);

const COLOURS = ["#1f4f99", "#2f8f9d", "#e09a1a", "#6b5bb5", "#2b9a66", "#c9483f", "#8091a5"];
const LINE = "#e2e7ed";

// Tooltips are drawn on the canvas (richText): the page's policy allows no style attributes in markup. ECharts' own aria
// is off: it would put its words and role=img over the page's, by which the keyboard finds a diagram.
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

// A line: its figures stand above its points while there is room.
function line(series, option) {
  Object.assign(series, { symbolSize: 8, label: { show: option.xAxis.data.length < 13 } });
  option.grid = { ...look(option).grid, top: 28 };
}

// A diagram of nodes: name and status stand below each, what it says in the tooltip.
function diagram(series, option, place) {
  const width = Math.max(40, place.clientWidth / option.xAxis.data.length - 44);
  const plain = (text) => text.replace(/[{}|]/g, "");
  for (const node of series.data) node.label = { formatter: `${plain(node.name)}\n{status|${plain(node.status)}}` };
  Object.assign(series, {
    label: {
      show: true, position: "right", color: "#1b2733", width, overflow: "truncate", lineHeight: 15, fontSize: 12,
      rich: { status: { color: "#52606f", fontSize: 11, lineHeight: 14 } },
    },
    lineStyle: { color: "#b9c3cf", width: 1, curveness: 0.15 },
    edgeSymbol: ["none", "arrow"], edgeSymbolSize: 6,
    emphasis: { focus: "self", itemStyle: { borderColor: "#1b2733", borderWidth: 2 } },
  });
  option.tooltip = { ...look(option).tooltip, formatter: ({ data }) => data.tip ?? "" };
  option.grid = { left: 8, right: 24, top: 28, bottom: 8 };
  option.xAxis.axisLabel = { fontWeight: "bold", fontSize: 13 };
  option.xAxis.axisLine = { show: false };
}

// A map: regions in their colours, borders and lines as the file has them.
function map(series, option) {
  Object.assign(series, {
    nameProperty: "place", selectedMode: false, top: 8, bottom: 44, left: 8, right: 8,
    itemStyle: { areaColor: "#f3f5f8", borderColor: "#8091a5", borderWidth: 0.6 },
    label: { show: false, color: "#1b2733", fontSize: 12, textBorderColor: "#fff", textBorderWidth: 2 },
    emphasis: { disabled: true }, // what has no figures opens nothing
  });
  for (const region of series.data) {
    region.emphasis = { disabled: false, itemStyle: { areaColor: "#f3d9a4", borderColor: "#1b2733" }, label: region.label };
  }
  Object.assign(option.visualMap, { type: "continuous", orient: "horizontal", left: 8, bottom: 0, itemHeight: 96 });
  option.tooltip = { ...look(option).tooltip, formatter: ({ data }) => data?.tip ?? "" };
}

// The outline of a map comes from the installation's own file, whose regions are known by their place in it.
async function outline(place, name) {
  const answer = await fetch(place.dataset.chartFile);
  if (!answer.ok) return false;
  const file = await answer.json();
  for (const [at, feature] of file.features.entries()) feature.properties = { ...feature.properties, place: String(at) };
  echarts.registerMap(name, file);
  return true;
}

// Nodes by keyboard: arrow keys on the diagram, or the focus of the links that stand for them.
function walk(chart, place, nodes) {
  const told = place.parentElement.querySelector("[data-chart-told]");
  let at = -1;
  const show = (next) => {
    chart.dispatchAction({ type: "downplay", seriesIndex: 0 });
    at = (next + nodes.length) % nodes.length;
    chart.dispatchAction({ type: "highlight", seriesIndex: 0, dataIndex: at });
    chart.dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: at });
  };
  const hide = () => {
    chart.dispatchAction({ type: "downplay", seriesIndex: 0 });
    chart.dispatchAction({ type: "hideTip" });
  };
  const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  place.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && at >= 0) location.assign(nodes[at].url);
    if (!(event.key in steps)) return;
    event.preventDefault();
    show(at < 0 && steps[event.key] > 0 ? 0 : at + steps[event.key]);
    told.textContent = nodes[at].tip;
  });
  place.addEventListener("blur", hide);
  place.parentElement.querySelectorAll("[data-node]").forEach((link) => {
    link.addEventListener("focus", () => show(Number(link.dataset.node)));
    link.addEventListener("blur", hide);
  });
}

async function draw(place) {
  const option = JSON.parse(place.dataset.chart);
  if (place.dataset.chartFile && !await outline(place, option.series[0].map)) return;
  place.classList.add("chart-drawn");
  const chart = echarts.init(place, null, { renderer: "canvas" });
  if (option.xAxis) option.xAxis = axis(option.xAxis);
  if (option.yAxis) option.yAxis = axis(option.yAxis);
  if (option.legend) option.legend = { top: 0, right: 0, itemWidth: 12, itemHeight: 12, icon: "roundRect", ...option.legend };
  for (const series of option.series) {
    if (series.type === "bar") series.barMaxWidth ??= 36;
    if (series.type === "line") line(series, option);
    if (series.type === "map") map(series, option);
    if (series.type === "graph" && series.coordinateSystem) diagram(series, option, place);
  }
  chart.setOption({ ...look(option), ...option });
  // A figure opens the list behind it when its data item has an url.
  chart.on("click", ({ data }) => { if (data?.url) location.assign(data.url); });
  if (place.matches("[role=application]")) walk(chart, place, option.series[0].data);
  new ResizeObserver(() => chart.resize()).observe(place);
}

document.querySelectorAll("[data-chart]").forEach(draw);
