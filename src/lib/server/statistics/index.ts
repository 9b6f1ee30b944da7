export { countWidgetEvents, WidgetEventWriter } from './count-widget-events.ts';
export { exportStatistics } from './export.ts';
export { foldStatistics } from './fold.ts';
export { getStatistics } from './get.ts';
export { getOverview } from './get-overview.ts';
export { keepCounted } from './keep-counted.ts';
export { rebuildStatistics } from './rebuild.ts';
export { subscribeStatistics } from './subscribe.ts';
