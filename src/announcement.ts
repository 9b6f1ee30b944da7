/** What a start prints: where everything is, and how the first admin is made while there is none. */
export function announcement(publicUrl: string, setupUrl: string | null): string {
	const lines = [
		'Frontdesk is ready.',
		`  Dashboard  ${publicUrl}`,
		`  Demo page  ${publicUrl}/demo`,
		...(setupUrl ? [`  Set-up     ${setupUrl}  (makes the first admin, once)`] : []),
	];
	return `\n${lines.join('\n')}\n`;
}
