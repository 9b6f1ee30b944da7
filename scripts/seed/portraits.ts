import { crc32, deflateSync } from 'node:zlib';

/** The colors and hair of a drawn person. */
export interface Portrait {
	background: string;
	shirt: string;
	skin: string;
	hair: string;
	style: 'short' | 'long' | 'bun';
}

const SIZE = 96;
/** Samples per pixel in each direction, for smooth edges. */
const SAMPLES = 3;

type Shape = [isInside: (x: number, y: number) => boolean, color: string];

const ellipse =
	(cx: number, cy: number, rx: number, ry: number) =>
	(x: number, y: number): boolean =>
		((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1;

/** Hair shapes behind and above the face, by style. All shapes use coordinates from 0 to 1. */
const HAIR: Record<Portrait['style'], ((x: number, y: number) => boolean)[]> = {
	short: [ellipse(0.5, 0.37, 0.21, 0.2)],
	long: [ellipse(0.5, 0.38, 0.22, 0.21), (x, y) => Math.abs(x - 0.5) < 0.22 && y > 0.38 && y < 0.7],
	bun: [ellipse(0.5, 0.37, 0.21, 0.2), ellipse(0.5, 0.14, 0.1, 0.09)],
};

/** Returns the shapes of a portrait, from back to front. */
const listShapes = ({ shirt, skin, hair, style }: Portrait): Shape[] => [
	...HAIR[style].map((isInside): Shape => [isInside, hair]),
	[ellipse(0.5, 1.02, 0.38, 0.32), shirt],
	[(x, y) => Math.abs(x - 0.5) < 0.075 && y > 0.5 && y < 0.74, skin],
	[ellipse(0.5, 0.43, 0.165, 0.2), skin],
	[(x, y) => y < 0.33 && ellipse(0.5, 0.41, 0.18, 0.2)(x, y), hair],
];

/** Returns a portrait as the data URL of a PNG. */
export function drawPortrait(portrait: Portrait): string {
	const shapes = listShapes(portrait).reverse();
	const colorAt = (x: number, y: number) =>
		shapes.find(([isInside]) => isInside(x, y))?.[1] ?? portrait.background;
	const rows = Array.from({ length: SIZE }, (_, row) => {
		const pixels = Array.from({ length: SIZE }, (__, column) => averageColor(colorAt, column, row));
		return Buffer.from([0, ...pixels.flat()]);
	});
	return `data:image/png;base64,${encodePng(Buffer.concat(rows)).toString('base64')}`;
}

function averageColor(
	colorAt: (x: number, y: number) => string,
	column: number,
	row: number,
): number[] {
	const sum = [0, 0, 0];
	for (let sample = 0; sample < SAMPLES ** 2; sample += 1) {
		const x = (column + ((sample % SAMPLES) + 0.5) / SAMPLES) / SIZE;
		const y = (row + (Math.floor(sample / SAMPLES) + 0.5) / SAMPLES) / SIZE;
		const color = Number.parseInt(colorAt(x, y).slice(1), 16);
		[16, 8, 0].forEach((shift, channel) => {
			sum[channel] = (sum[channel] ?? 0) + ((color >> shift) & 255);
		});
	}
	return sum.map((value) => Math.round(value / SAMPLES ** 2));
}

/** Encodes RGB rows as a PNG. Each row starts with its filter byte, 0. */
function encodePng(rows: Buffer): Buffer {
	const header = Buffer.alloc(13);
	header.writeUInt32BE(SIZE, 0);
	header.writeUInt32BE(SIZE, 4);
	// 8 bits per channel, RGB.
	header.set([8, 2], 8);
	return Buffer.concat([
		Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
		encodeChunk('IHDR', header),
		encodeChunk('IDAT', deflateSync(rows, { level: 9 })),
		encodeChunk('IEND', Buffer.alloc(0)),
	]);
}

function encodeChunk(type: string, data: Buffer): Buffer {
	const length = Buffer.alloc(4);
	length.writeUInt32BE(data.length);
	const content = Buffer.concat([Buffer.from(type), data]);
	const checksum = Buffer.alloc(4);
	checksum.writeUInt32BE(crc32(content));
	return Buffer.concat([length, content, checksum]);
}
