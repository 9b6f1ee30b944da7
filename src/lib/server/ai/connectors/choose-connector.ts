import type { App } from '#lib/server/core/context.ts';
import type { ConnectorSettings } from '#lib/server/core/db/schema/index.ts';
import type { Outbound, OutboundTimeouts } from '#lib/server/core/outbound/index.ts';
import type { Connector } from './connector.ts';
import { createN8nConnector } from './n8n/index.ts';
import { createOpenAiConnector, type OpenAiSettings } from './openai/index.ts';
import { scriptedConnector } from './scripted/index.ts';

/** The part of a turn that decides which connector answers it. */
interface ConnectorChoice {
	action: 'start' | 'message';
	site: { greeting: string | null; connector: ConnectorSettings };
}

/** Returns the connector that answers a turn: the site's fixed greeting, or its AI. */
export function chooseConnector(app: App, turn: ConnectorChoice, outbound?: Outbound): Connector {
	const { greeting, connector } = turn.site;
	if (turn.action === 'start' && greeting !== null) return createFixedGreeting(greeting);
	return createConnector(app, connector, { outbound });
}

/** Creates the connector for these settings. Connection tests pass their own `outbound` and `timeouts`. */
export function createConnector(
	app: App,
	settings: ConnectorSettings,
	options: { outbound?: Outbound; timeouts?: OutboundTimeouts } = {},
): Connector {
	const { outbound = app.outbound, timeouts } = options;
	switch (settings.type) {
		case 'scripted':
			return scriptedConnector;
		case 'n8n': {
			const { url, auth_header: auth } = settings;
			const auth_header = auth && { name: auth.name, value: app.secrets.open(auth.sealed_value) };
			return createN8nConnector({ url, auth_header, timeouts }, { outbound });
		}
		case 'openai':
			return createOpenAiConnector({ ...toOpenAiSettings(app, settings), timeouts }, { outbound });
	}
}

function toOpenAiSettings(
	app: App,
	settings: Extract<ConnectorSettings, { type: 'openai' }>,
): OpenAiSettings {
	const { base_url, model, system_prompt, sealed_api_key: sealed } = settings;
	return { base_url, model, system_prompt, api_key: sealed && app.secrets.open(sealed) };
}

const createFixedGreeting = (text: string): Connector =>
	async function* () {
		yield text;
		return { text };
	};
