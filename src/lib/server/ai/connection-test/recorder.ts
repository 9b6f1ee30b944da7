import { cleanText } from '#lib/contract/text.ts';
import type {
	Outbound,
	OutboundRequest,
	OutboundResponse,
} from '#lib/server/core/outbound/index.ts';

/** Bytes of the answer that are kept to be shown. */
const KEPT_BYTES = 16 * 1024;

/** What a trial has seen of the wire. */
export class Recorder {
	status: number | null = null;
	headers: Headers | null = null;
	/** What was sent. */
	request: string | null = null;
	first_byte_ms: number | null = null;
	is_cut = false;
	readonly #started = performance.now();
	readonly #kept: Uint8Array[] = [];
	#size = 0;

	/** The same way out, watched. */
	watch(outbound: Outbound): Outbound {
		return {
			request: async (request: OutboundRequest) => {
				this.request = request.body ?? null;
				const response = await outbound.request(request);
				this.status = response.status;
				this.headers = response.headers;
				return this.#watchBody(response);
			},
			close: () => outbound.close(),
		};
	}

	/** The beginning of the answer, as text that can be shown; null when none came. */
	get raw(): string | null {
		if (this.status === null) return null;
		return cleanText(new TextDecoder().decode(Buffer.concat(this.#kept)));
	}

	get elapsed_ms(): number {
		return Math.round(performance.now() - this.#started);
	}

	#watchBody(response: OutboundResponse): OutboundResponse {
		const keep = (piece: Uint8Array) => this.#keep(piece);
		async function* body() {
			for await (const piece of response.body) {
				keep(piece);
				yield piece;
			}
		}
		// Nobody asks a trial for its text as a whole.
		return { ...response, body: body() };
	}

	#keep(piece: Uint8Array): void {
		this.first_byte_ms ??= this.elapsed_ms;
		const room = KEPT_BYTES - this.#size;
		if (room > 0) this.#kept.push(piece.slice(0, room));
		this.#size += Math.min(piece.byteLength, Math.max(0, room));
		if (piece.byteLength > room) this.is_cut = true;
	}
}
