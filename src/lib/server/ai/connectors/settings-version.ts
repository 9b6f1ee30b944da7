import { createHash } from 'node:crypto';
import type { Question } from '#lib/contract/site.ts';
import type { ConnectorSettings } from '#lib/server/core/db/schema/index.ts';

/** The part of a site that decides how its AI answers. */
interface VersionedSite {
	questions: Question[];
	completion_phrases: string[];
}

/**
 * Returns the version of an AI that reports none: a digest of its settings, which changes with them. Leaves secrets out, and is
 * too short to find a URL by its digest. The built-in AI and prompts also depend on the site's questions; a workflow knows best
 * what it does with them.
 */
export function settingsVersion(settings: ConnectorSettings, site: VersionedSite): string {
	const { questions, completion_phrases } = site;
	switch (settings.type) {
		case 'scripted':
			return `built-in-${digest([questions, completion_phrases])}`;
		case 'n8n':
			return `settings-${digest([settings.url, settings.auth_header?.name])}`;
		case 'openai': {
			const { base_url, model, system_prompt } = settings;
			const prompt = [system_prompt, questions, completion_phrases];
			return `settings-${digest([base_url, model, prompt])}`;
		}
	}
}

const digest = (value: unknown) =>
	createHash('sha256')
		.update(JSON.stringify(canonical(value)))
		.digest('hex')
		.slice(0, 8);

/** Sorts keys, whose order jsonb does not preserve. */
function canonical(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(canonical);
	if (typeof value !== 'object' || value === null) return value;
	const entries = Object.entries(value).map(([key, inner]) => [key, canonical(inner)] as const);
	return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
