import type { Chart } from "../report/html/charts/chart.js";

/** Where a small recording leaves a chart nothing to show: its place, which says so. */
export const noPicture = (id: string, title: string): Chart => ({
  id,
  title,
  summary: ["This recording has nothing to show here."],
  modelled: [],
  legend: [],
  panels: [],
  data: { columns: [], rows: [] },
});
