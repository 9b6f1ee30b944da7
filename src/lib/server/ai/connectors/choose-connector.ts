import type { App } from '#lib/server/core/context.ts';
import type { ConnectorSettings } from '#lib/server/core/db/schema/index.ts';
import type { Outbound } from '#lib/server/core/outbound/index.ts';
import type { Connector } from './connector.ts';
import { createN8nConnector } from './n8n/index.ts';
import { createOpenAiConnector, type OpenAiSettings } from './openai/index.ts';
import { scripted } from './scripted/index.ts';

/** What the choice of a connector depends on. */
interface Choice {
	action: 'start' | 'message';
	site: { greeting: string | null; connector: ConnectorSettings };
}

/** Returns the AI that answers this turn: the site's fixed greeting, or the site's connector. */
export function chooseConnector(app: App, turn: Choice, outbound?: Outbound): Connector {
	const { greeting, connector } = turn.site;
	if (turn.action === 'start' && greeting !== null) return fixedGreeting(greeting);
	return connectorOf(app, connector, { outbound });
}

/** The connector that these settings name; a trial brings its own way out and its own patience. */
export function connectorOf(
	app: App,
	settings: ConnectorSettings,
	trial: { outbound?: Outbound; timeouts?: Timeouts } = {},
): Connector {
	const { outbound = app.outbound, timeouts } = trial;
	switch (settings.type) {
		case 'scripted':
			return scripted;
		case 'n8n': {
			const { url, auth_header: auth } = settings;
			const auth_header = auth && { name: auth.name, value: app.secrets.open(auth.sealed_value) };
			return createN8nConnector({ url, auth_header, timeouts }, { outbound });
		}
		case 'openai':
			return createOpenAiConnector({ ...openKey(app, settings), timeouts }, { outbound });
	}
}

function openKey(
	app: App,
	settings: Extract<ConnectorSettings, { type: 'openai' }>,
): OpenAiSettings {
	const { base_url, model, system_prompt, sealed_api_key: sealed } = settings;
	return { base_url, model, system_prompt, api_key: sealed && app.secrets.open(sealed) };
}

interface Timeouts {
	firstByte: number;
	idle: number;
	total: number;
}

const fixedGreeting = (text: string): Connector =>
	async function* () {
		yield text;
		return { text };
	};
