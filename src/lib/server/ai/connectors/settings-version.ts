import { createHash } from 'node:crypto';
import type { Question } from '#lib/contract/site.ts';
import type { ConnectorSettings } from '#lib/server/core/db/schema/index.ts';

/** The settings of a site that affect its AI's answers. */
interface VersionedSite {
	questions: Question[];
	completion_phrases: string[];
}

/**
 * Returns the version of an AI that doesn't report one: a digest of its settings. Excludes secrets, and is too short to
 * recover a URL by brute force. For the built-in AI and prompts, it includes the site's questions; for workflows it
 * doesn't, because Frontdesk can't tell how they use the questions.
 */
export function createSettingsVersion(settings: ConnectorSettings, site: VersionedSite): string {
	const { questions, completion_phrases } = site;
	switch (settings.type) {
		case 'scripted':
			return `built-in-${createDigest([questions, completion_phrases])}`;
		case 'n8n':
			return `settings-${createDigest([settings.url, settings.auth_header?.name])}`;
		case 'openai': {
			const { base_url, model, system_prompt } = settings;
			const prompt = [system_prompt, questions, completion_phrases];
			return `settings-${createDigest([base_url, model, prompt])}`;
		}
	}
}

const createDigest = (value: unknown) =>
	createHash('sha256')
		.update(JSON.stringify(sortKeys(value)))
		.digest('hex')
		.slice(0, 8);

/** Sorts keys recursively, because jsonb does not preserve their order. */
function sortKeys(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(sortKeys);
	if (typeof value !== 'object' || value === null) return value;
	const entries = Object.entries(value).map(([key, inner]) => [key, sortKeys(inner)] as const);
	return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
