import type { App } from '../context';
import type { Connector } from './connector';
import { createN8nConnector } from './connectors/n8n';
import { scripted } from './connectors/scripted';
import type { Turn } from './turn';

/** The AI that answers this turn: the site's fixed greeting, or the site's connector. */
export function chooseConnector(app: App, turn: Turn): Connector {
	const { greeting, connector } = turn.site;
	if (turn.action === 'start' && greeting !== null) return fixedGreeting(greeting);
	switch (connector.type) {
		case 'scripted':
			return scripted;
		case 'n8n': {
			const auth = connector.auth_header;
			return createN8nConnector(
				{
					url: connector.url,
					auth_header: auth && { name: auth.name, value: app.secrets.open(auth.sealed_value) },
				},
				{ outbound: app.outbound },
			);
		}
	}
}

const fixedGreeting = (text: string): Connector =>
	async function* () {
		yield text;
		return { text };
	};
