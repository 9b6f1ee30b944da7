import type { Ctx } from '$lib/server/context';

declare global {
	namespace App {
		interface Locals {
			ctx: Ctx;
		}
	}
}

export {};
