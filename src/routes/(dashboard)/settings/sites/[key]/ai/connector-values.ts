import type { Connector, ConnectorInput } from '#lib/contract/connector.ts';

/** Form values for all connector types, so that switching between them loses no input. */
export interface ConnectorValues {
	type: Connector['type'];
	url: string;
	header_name: string;
	/** Empty to keep the stored value. */
	header_value: string;
	has_header_value: boolean;
	base_url: string;
	model: string;
	/** Empty to keep the stored value. */
	api_key: string;
	has_api_key: boolean;
	system_prompt: string;
}

export function toValues(connector: Connector): ConnectorValues {
	const n8n = connector.type === 'n8n' ? connector : undefined;
	const openai = connector.type === 'openai' ? connector : undefined;
	return {
		type: connector.type,
		url: n8n?.url ?? '',
		header_name: n8n?.auth_header?.name ?? '',
		header_value: '',
		has_header_value: Boolean(n8n?.auth_header),
		base_url: openai?.base_url ?? 'https://api.openai.com/v1',
		model: openai?.model ?? '',
		api_key: '',
		has_api_key: openai?.is_api_key_set ?? false,
		system_prompt: openai?.system_prompt ?? '',
	};
}

export function toConnector(values: ConnectorValues): ConnectorInput {
	const { type, url, base_url, model, system_prompt } = values;
	switch (type) {
		case 'scripted':
			return { type };
		case 'n8n': {
			const name = values.header_name.trim();
			const value = values.header_value || undefined;
			return { type, url: url.trim(), auth_header: name === '' ? null : { name, value } };
		}
		case 'openai':
			return {
				type,
				base_url: base_url.trim(),
				model,
				system_prompt,
				api_key: values.api_key || undefined,
			};
	}
}
