export { countWidgetEvents } from './count-widget-events';
export { exportStatistics } from './export';
export { foldStatistics } from './fold';
export { getStatistics } from './get';
export { getOverview } from './get-overview';
export { keepCounted } from './keep-counted';
export { rebuildStatistics } from './rebuild';
export { subscribeStatistics } from './subscribe';
