import type { Connector, ConnectorInput } from '#lib/contract/connector.ts';

/** What is typed about an AI, of every kind, so that a change of mind loses nothing. */
export interface Typed {
	type: Connector['type'];
	url: string;
	header_name: string;
	/** Empty: the one that is set stays. */
	header_value: string;
	has_header_value: boolean;
	base_url: string;
	model: string;
	/** Empty: the one that is set stays. */
	api_key: string;
	has_api_key: boolean;
	system_prompt: string;
}

export function typedOf(connector: Connector): Typed {
	const webhook = connector.type === 'n8n' ? connector : undefined;
	const model = connector.type === 'openai' ? connector : undefined;
	return {
		type: connector.type,
		url: webhook?.url ?? '',
		header_name: webhook?.auth_header?.name ?? '',
		header_value: '',
		has_header_value: Boolean(webhook?.auth_header),
		base_url: model?.base_url ?? 'https://api.openai.com/v1',
		model: model?.model ?? '',
		api_key: '',
		has_api_key: model?.is_api_key_set ?? false,
		system_prompt: model?.system_prompt ?? '',
	};
}

export function connectorOf(typed: Typed): ConnectorInput {
	const { type, url, base_url, model, system_prompt } = typed;
	switch (type) {
		case 'scripted':
			return { type };
		case 'n8n': {
			const name = typed.header_name.trim();
			const value = typed.header_value || undefined;
			return { type, url: url.trim(), auth_header: name === '' ? null : { name, value } };
		}
		case 'openai':
			return {
				type,
				base_url: base_url.trim(),
				model,
				system_prompt,
				api_key: typed.api_key || undefined,
			};
	}
}
