type SplitWords<Text extends string> = Text extends `${infer First} ${infer Rest}`
	? First | SplitWords<Rest>
	: Text;

const splitWords = <Text extends string>(words: Text) => words.split(' ') as SplitWords<Text>[];

// Strings, because they compress better than arrays in the widget.
/** URL parameters in which ad and email networks identify a click. */
export const CLICK_IDS = splitWords(
	'gclid gbraid wbraid dclid fbclid msclkid ttclid twclid li_fat_id rdt_cid epik yclid ScCid srsltid igshid irclickid obclid dicbo tblci mc_eid _hsenc',
);
/** Parameters that campaigns and ad networks add to landing page URLs. */
export const TRACKED_PARAMS = [
	...splitWords('utm_source utm_medium utm_campaign utm_term utm_content utm_id gad_campaignid'),
	...CLICK_IDS,
];

/**
 * Reads campaign parameters and click ids from a URL, as people and tools write them: also in the fragment, in capitals, after a
 * second question mark, or with an escaped "&".
 */
export function readTrackedParams(
	url = '',
): Partial<Record<(typeof TRACKED_PARAMS)[number], string>> {
	const found: Record<string, string> = {};
	for (const pair of url.replace(/&amp;/g, '&').split(/[?&#]/).slice(1)) {
		const [[name, value] = ['', '']] = [...new URLSearchParams(pair)];
		const param = TRACKED_PARAMS.find((known) => known.toLowerCase() === name.toLowerCase());
		if (param && value) found[param] ??= value;
	}
	return found;
}
