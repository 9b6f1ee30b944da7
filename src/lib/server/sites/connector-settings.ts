import type { z } from 'zod';
import type { Connector, connectorInput } from '#lib/contract/connector.ts';
import type { Ctx } from '../core/context.ts';
import type { ConnectorSettings } from '../core/db/schema/index.ts';
import { AppError } from '../core/errors.ts';

type ConnectorUpdate = z.output<typeof connectorInput>;

/**
 * Returns a connector in its stored form. An omitted secret stays unchanged, but only for the server it was entered for: a new
 * address must not receive it. Throws `invalid` when the secret has to be entered again.
 */
export function sealConnector(
	ctx: Ctx,
	input: ConnectorUpdate,
	current: ConnectorSettings,
): ConnectorSettings {
	const { secrets } = ctx.app;
	switch (input.type) {
		case 'scripted':
			return input;
		case 'n8n': {
			const { url, auth_header: header } = input;
			if (!header) return { type: 'n8n', url, auth_header: null };
			const previous = current.type === 'n8n' ? current : null;
			const path = 'connector.auth_header.value';
			return { type: 'n8n', url, auth_header: sealHeader(ctx, { url, header }, previous, path) };
		}
		case 'openai': {
			const { type, base_url, model, system_prompt, api_key } = input;
			const sealed_api_key = api_key ? secrets.seal(api_key) : null;
			return {
				type,
				base_url,
				model,
				system_prompt,
				sealed_api_key: api_key === undefined ? getExistingKey(current, base_url) : sealed_api_key,
			};
		}
	}
}

/** Returns an auth header in its stored form. Handles an omitted value like `sealConnector`. `path` is the field in errors. */
export function sealHeader(
	ctx: Ctx,
	input: { url: string; header: { name: string; value?: string } },
	current: { url: string; auth_header: SealedHeader | null } | null,
	path: string,
): SealedHeader {
	const { url, header } = input;
	const { name } = header;
	if (header.value !== undefined) return { name, sealed_value: ctx.app.secrets.seal(header.value) };
	const previous = current?.auth_header;
	if (!previous || previous.name.toLowerCase() !== name.toLowerCase()) {
		throw createSecretRequiredError(path, "enter the header's value");
	}
	if (!isSameOrigin(current.url, url)) throw createSecretRequiredError(path, SERVER_CHANGED);
	return { name, sealed_value: previous.sealed_value };
}

interface SealedHeader {
	name: string;
	sealed_value: string;
}

function getExistingKey(current: ConnectorSettings, url: string): string | null {
	if (current.type !== 'openai' || current.sealed_api_key === null) return null;
	if (!isSameOrigin(current.base_url, url))
		throw createSecretRequiredError('connector.api_key', SERVER_CHANGED);
	return current.sealed_api_key;
}

const SERVER_CHANGED = 'the address belongs to a different server: enter the secret again';
const isSameOrigin = (a: string, b: string) => URL.parse(a)?.origin === URL.parse(b)?.origin;

const createSecretRequiredError = (path: string, message: string) =>
	new AppError('invalid', message, { errors: [{ path, message }] });

/** Returns a connector as admins see it: whether each secret is set, instead of its value. */
export function presentConnector(settings: ConnectorSettings): Connector {
	switch (settings.type) {
		case 'scripted':
			return { type: 'scripted' };
		case 'n8n': {
			const { url, auth_header } = settings;
			return { type: 'n8n', url, auth_header: auth_header && { name: auth_header.name } };
		}
		case 'openai': {
			const { type, base_url, model, system_prompt, sealed_api_key } = settings;
			return { type, base_url, model, system_prompt, is_api_key_set: sealed_api_key !== null };
		}
	}
}
