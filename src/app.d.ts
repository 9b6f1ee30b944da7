import type { Ctx } from '#lib/server/core/context.ts';

declare global {
	namespace App {
		interface Locals {
			ctx: Ctx;
			/** Also in the header X-Request-Id and in the log. */
			request_id: string;
			/** The page failed for a reason that passes, so its status is 503. */
			is_unavailable?: boolean;
		}
		interface Error {
			message: string;
			request_id?: string;
			/** The server gave no answer at all. */
			is_away?: boolean;
		}
		namespace Superforms {
			/** Why the verb refused the form. */
			type Message = string;
		}
	}
}

export {};
