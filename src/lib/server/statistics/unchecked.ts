// Functions that don't check permissions, for other domains, jobs and the composition root, which act as the system.
export { WidgetEventWriter } from './widget-events.ts';
export { type ArmCounts, readArms } from './versions.ts';
export { foldStatistics } from './fold.ts';
export { freezeContributions } from './freeze.ts';
export { computeNewcombeInterval, computeWilsonInterval } from './period.ts';
export { getSourceName } from './source.ts';
export { subscribeStatistics } from './subscribe.ts';
