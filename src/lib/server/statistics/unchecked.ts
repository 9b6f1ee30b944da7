// Checks no permission: for other domains, jobs and the composition, which act as the system.
export { WidgetEventWriter } from './widget-events.ts';
export { foldStatistics } from './fold.ts';
export { freezeContributions } from './freeze.ts';
export { subscribeStatistics } from './subscribe.ts';
