import type { Ctx } from '#lib/server/core/context.ts';

declare global {
	namespace App {
		interface Locals {
			ctx: Ctx;
			/** Sent as the header X-Request-Id and logged. */
			request_id: string;
			/** The page failed for a temporary reason, so its status is 503. */
			is_unavailable?: boolean;
		}
		interface Error {
			message: string;
			request_id?: string;
			/** The server could not be reached. */
			is_away?: boolean;
		}
		namespace Superforms {
			/** Why the verb refused the form. */
			type Message = string;
		}
	}
}

export {};
