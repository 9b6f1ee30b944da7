export { countWidgetEvents } from './widget-events.ts';
export { exportStatistics } from './export-statistics.ts';
export { getOverview } from './get-overview.ts';
export { getStatistics } from './get-statistics.ts';
export { rebuildStatistics } from './rebuild.ts';
