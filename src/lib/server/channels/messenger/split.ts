export const PART_LENGTH = 2000;

/** Cuts a text into parts that Messenger takes: after a paragraph or sentence where there is one, else at a space. */
export function split(text: string, most = PART_LENGTH): string[] {
	const parts: string[] = [];
	let rest = text.trim();
	while (rest.length > most) {
		const at = cutAt(rest.slice(0, most + 1), most);
		parts.push(rest.slice(0, at).trimEnd());
		rest = rest.slice(at).trimStart();
	}
	return rest === '' ? parts : [...parts, rest];
}

function cutAt(head: string, most: number): number {
	const least = most / 2;
	for (const end of [/\n\n/g, /[.!?…。！？]["')\]]?\s/g, /\s/g]) {
		const last = [...head.matchAll(end)].at(-1);
		const at = last && last.index + last[0].trimEnd().length;
		if (at !== undefined && at > least) return at;
	}
	// Never between the two halves of one sign.
	const code = head.charCodeAt(most - 1);
	return code >= 0xd800 && code < 0xdc00 ? most - 1 : most;
}
