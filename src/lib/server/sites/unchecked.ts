// Functions that don't check permissions, for other domains, jobs and the composition root, which act as the system.
export { DEFAULT_TEXTS, translateDefault } from './default-texts.ts';
export {
	dependsOnPage,
	getGreeting,
	pickGreeting,
	presentBubble,
	getSiteGreeting,
} from './greetings.ts';
export {
	assignArm,
	assignChallenger,
	type LanguagePreferences,
	getVisitorLanguage,
} from './widget.ts';
export { presentConnector, sealConnector, sealHeader } from './connector-settings.ts';
export { ensureDefaultSite } from './change-site.ts';
export {
	getOpenSite,
	getSite,
	isConnectorFromEnvironment,
	lockSite,
	presentSite,
	readQuestions,
	type SiteRow,
} from './read-sites.ts';
export { SiteCache } from './site-cache.ts';
