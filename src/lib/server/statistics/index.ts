export { countWidgetEvents } from './count-widget-events';
export { foldStatistics } from './fold';
export { getStatistics } from './get';
export { subscribeStatistics } from './subscribe';
