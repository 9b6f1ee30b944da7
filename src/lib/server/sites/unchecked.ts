// Checks no permission: for other domains, jobs and the composition, which act as the system.
export { assignArm } from './assign-arm.ts';
export { presentConnector, sealConnector, sealHeader } from './connector-settings.ts';
export { ensureDefaultSite } from './create-site.ts';
export { getOpenSite, getSite, readQuestions, type SiteRow } from './get-site.ts';
export { greetingOf, pickGreeting } from './greetings.ts';
export { isConnectorFromEnvironment, lockSite, presentSite } from './internal.ts';
export { visitorLanguage } from './visitor-language.ts';
