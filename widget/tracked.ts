type Words<Text extends string> = Text extends `${infer First} ${infer Rest}`
	? First | Words<Rest>
	: Text;

// One string is smaller than a list once it is compressed.
const NAMES =
	'utm_source utm_medium utm_campaign utm_term utm_content utm_id gad_campaignid gclid gbraid wbraid dclid fbclid msclkid ttclid twclid obclid yclid li_fat_id rdt_cid epik ScCid srsltid igshid irclickid dicbo tblci mc_eid _hsenc';

/** What campaigns and advertising networks put into the address that a visit begins with. */
export const TRACKED = NAMES.split(' ') as Words<typeof NAMES>[];
