import type { Ctx } from '#lib/server/core/context.ts';

declare global {
	namespace App {
		interface Locals {
			ctx: Ctx;
			/** Sent as the header X-Request-Id and logged. */
			request_id: string;
			/** Whether the page failed for a temporary reason, so that its status is 503. */
			is_unavailable?: boolean;
		}
		interface Error {
			message: string;
			request_id?: string;
			/** Whether the server couldn't be reached. */
			is_unreachable?: boolean;
		}
		namespace Superforms {
			/** Why the verb rejected the form. */
			type Message = string;
		}
	}
}

export {};
