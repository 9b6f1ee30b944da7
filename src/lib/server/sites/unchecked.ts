// Functions without a permission check, for other domains, jobs and the composition root: these act as the system.
export { DEFAULT_TEXTS, translateDefault } from './default-texts.ts';
export {
	dependsOnPage,
	getGreeting as greetingOf,
	pickGreeting,
	presentBubble,
	siteGreeting,
} from './greetings.ts';
export {
	assignArm,
	assignChallenger,
	type LanguagePreferences,
	visitorLanguage,
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
