import { createHash } from 'node:crypto';
import type { SiteRow } from './get-site.ts';

type Greetings = Pick<SiteRow, 'greeting' | 'greetings'>;

/** The key of the greeting that a visitor is given, always the same for the same id; null where none are tried. */
export function pickGreeting({ greetings }: Greetings, visitorId: string): string | null {
	const draw = createHash('sha256').update(visitorId).digest().readUInt32BE();
	return greetings[draw % greetings.length]?.key ?? null;
}

/** The fixed greeting of a chat session; null when the AI writes it. */
export const greetingOf = ({ greeting, greetings }: Greetings, variant: string | null) =>
	greetings.find(({ key }) => key === variant)?.text ?? greeting;
