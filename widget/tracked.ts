type SplitWords<Text extends string> = Text extends `${infer First} ${infer Rest}`
	? First | SplitWords<Rest>
	: Text;

// A single string compresses better than an array.
const NAMES =
	'utm_source utm_medium utm_campaign utm_term utm_content utm_id gad_campaignid gclid gbraid wbraid dclid fbclid msclkid ttclid twclid obclid yclid li_fat_id rdt_cid epik ScCid srsltid igshid irclickid dicbo tblci mc_eid _hsenc';

/** Parameters that campaigns and ad networks add to landing page URLs. */
export const TRACKED = NAMES.split(' ') as SplitWords<typeof NAMES>[];
