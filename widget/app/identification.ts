import type { LeadFields } from '../bridge.ts';

/** Lead fields provided by the host page, kept until the server has acknowledged them. */
export class Identification {
	readonly #canSend: () => boolean;
	readonly #send: (fields: LeadFields) => Promise<unknown>;
	#fields: LeadFields | null = null;

	/** `send` must reject if the server doesn't respond. `flush` then sends the fields again. */
	constructor(canSend: () => boolean, send: (fields: LeadFields) => Promise<unknown>) {
		this.#canSend = canSend;
		this.#send = send;
	}

	set(fields: LeadFields): Promise<void> {
		if (Object.keys(fields).length > 0) this.#fields = fields;
		return this.flush();
	}

	async flush(): Promise<void> {
		const fields = this.#fields;
		if (!fields || !this.#canSend()) return;
		const isSent = await this.#send(fields).then(
			() => true,
			() => false,
		);
		if (isSent && this.#fields === fields) this.#fields = null;
	}
}
