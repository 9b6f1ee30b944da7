import type { LeadFields } from '../bridge.ts';

/** Lead fields that the host page provides, kept until the server has them. */
export class Identification {
	readonly #maySend: () => boolean;
	readonly #send: (fields: LeadFields) => Promise<unknown>;
	#fields: LeadFields | null = null;

	/** `send` rejects if the server didn't respond; it is retried after the next connect. */
	constructor(maySend: () => boolean, send: (fields: LeadFields) => Promise<unknown>) {
		this.#maySend = maySend;
		this.#send = send;
	}

	give(fields: LeadFields): Promise<void> {
		if (Object.keys(fields).length > 0) this.#fields = fields;
		return this.flush();
	}

	async flush(): Promise<void> {
		const fields = this.#fields;
		if (!fields || !this.#maySend()) return;
		const isSent = await this.#send(fields).then(
			() => true,
			() => false,
		);
		if (isSent && this.#fields === fields) this.#fields = null;
	}
}
