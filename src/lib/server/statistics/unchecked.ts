// Checks no permission: for other domains, jobs and the composition, which act as the system.
export { WidgetEventWriter } from './widget-events.ts';
export { foldStatistics, freezeContributions } from './fold.ts';
export { subscribeStatistics } from './subscribe.ts';
