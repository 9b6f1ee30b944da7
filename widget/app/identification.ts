import type { LeadFields } from '../bridge.ts';

/** Lead fields that the host page provides, kept until the server has them. */
export class Identification {
	readonly #mayTell: () => boolean;
	readonly #tell: (fields: LeadFields) => Promise<unknown>;
	#fields: LeadFields | null = null;

	/** `tell` rejects if the server didn't respond; it is retried after the next connect. */
	constructor(mayTell: () => boolean, tell: (fields: LeadFields) => Promise<unknown>) {
		this.#mayTell = mayTell;
		this.#tell = tell;
	}

	give(fields: LeadFields): Promise<void> {
		if (Object.keys(fields).length > 0) this.#fields = fields;
		return this.flush();
	}

	async flush(): Promise<void> {
		const fields = this.#fields;
		if (!fields || !this.#mayTell()) return;
		const isTold = await this.#tell(fields).then(
			() => true,
			() => false,
		);
		if (isTold && this.#fields === fields) this.#fields = null;
	}
}
