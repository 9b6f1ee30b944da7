// Functions without a permission check, for other domains, jobs and the composition root: these act as the system.
export { WidgetEventWriter } from './widget-events.ts';
export { type ArmCounts, readArms } from './versions.ts';
export { foldStatistics } from './fold.ts';
export { freezeContributions } from './freeze.ts';
export { newcombeInterval, wilsonInterval } from './period.ts';
export { subscribeStatistics } from './subscribe.ts';
