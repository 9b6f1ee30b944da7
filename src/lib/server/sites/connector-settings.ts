import type { z } from 'zod';
import type { Connector, connectorInput } from '#lib/contract/connector.ts';
import type { Ctx } from '../core/context.ts';
import type { ConnectorSettings } from '../core/db/schema/index.ts';
import { AppError } from '../core/errors.ts';

type Given = z.output<typeof connectorInput>;

/**
 * A connector as it is stored. A secret that is not given is the present one's, but only for the server that it was
 * typed for: an address that leads elsewhere must not take it along. Throws `invalid`.
 */
export function sealConnector(
	ctx: Ctx,
	given: Given,
	present: ConnectorSettings,
): ConnectorSettings {
	const { secrets } = ctx.app;
	switch (given.type) {
		case 'scripted':
			return given;
		case 'n8n': {
			const { url, auth_header: header } = given;
			if (!header) return { type: 'n8n', url, auth_header: null };
			const before = present.type === 'n8n' ? present : null;
			const path = 'connector.auth_header.value';
			return { type: 'n8n', url, auth_header: sealHeader(ctx, { url, header }, before, path) };
		}
		case 'openai': {
			const { type, base_url, model, system_prompt, api_key } = given;
			const sealed_api_key = api_key ? secrets.seal(api_key) : null;
			const kept = api_key === undefined ? keptKey(present, base_url) : sealed_api_key;
			return { type, base_url, model, system_prompt, sealed_api_key: kept };
		}
	}
}

/** A header as it is stored; its value is kept under the same rule. `path` names the field in the refusal. */
export function sealHeader(
	ctx: Ctx,
	given: { url: string; header: { name: string; value?: string } },
	present: { url: string; auth_header: SealedHeader | null } | null,
	path: string,
): SealedHeader {
	const { url, header } = given;
	const { name } = header;
	if (header.value !== undefined) return { name, sealed_value: ctx.app.secrets.seal(header.value) };
	const before = present?.auth_header;
	if (!before || before.name.toLowerCase() !== name.toLowerCase()) {
		throw secretNeeded(path, 'type the value of the header');
	}
	if (!isSameServer(present.url, url)) throw secretNeeded(path, ELSEWHERE);
	return { name, sealed_value: before.sealed_value };
}

interface SealedHeader {
	name: string;
	sealed_value: string;
}

function keptKey(present: ConnectorSettings, url: string): string | null {
	if (present.type !== 'openai' || present.sealed_api_key === null) return null;
	if (!isSameServer(present.base_url, url)) throw secretNeeded('connector.api_key', ELSEWHERE);
	return present.sealed_api_key;
}

const ELSEWHERE = 'the address leads to another server now: type the secret again';
const isSameServer = (one: string, other: string) =>
	URL.parse(one)?.origin === URL.parse(other)?.origin;

const secretNeeded = (path: string, message: string) =>
	new AppError('invalid', message, { errors: [{ path, message }] });

/** A connector as an admin sees it: which secrets are set, not what they are. */
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
