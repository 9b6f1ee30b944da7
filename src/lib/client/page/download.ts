import { formatCsvLine } from '#lib/csv.ts';

/** Downloads a URL as a file, named by the response unless a name is given. */
export function downloadUrl(url: string, name = ''): void {
	const link = document.createElement('a');
	link.href = url;
	link.download = name;
	link.click();
}

/** Downloads text as a file. */
export function downloadText(name: string, text: string, type: string): void {
	const url = URL.createObjectURL(new Blob([text], { type }));
	downloadUrl(url, name);
	// Some browsers start reading only after the click has been handled.
	setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Downloads rows as a CSV file, with a byte order mark so that spreadsheets read it as UTF-8. */
export function downloadCsv(name: string, rows: readonly (readonly string[])[]): void {
	const text = `\ufeff${rows.map((row) => formatCsvLine([...row])).join('')}`;
	downloadText(name, text, 'text/csv;charset=utf-8');
}
