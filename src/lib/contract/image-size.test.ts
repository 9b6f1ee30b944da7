import { describe, expect, it } from 'vitest';
import { readImageSize } from './image-size.ts';
import { MAX_PICTURE_SIDE_PX, picture } from './site.ts';

const text = (value: string) => [...value].map((char) => char.charCodeAt(0));
const u16 = (value: number) => [value >> 8, value & 255];
const u24 = (value: number) => [value & 255, (value >> 8) & 255, value >> 16];
const u32 = (value: number) => [...u16(value >>> 16), ...u16(value & 0xffff)];

const png = (width: number, height: number) => [
	...[0x89, ...text('PNG\r\n\x1a\n'), ...u32(13), ...text('IHDR')],
	...[...u32(width), ...u32(height), 8, 6, 0, 0, 0],
];
const jpeg = (width: number, height: number, frame = 0xc0) => [
	...[0xff, 0xd8, 0xff, 0xe0, ...u16(4), 1, 2, 0xff, 0xc4, ...u16(3), 9],
	...[0xff, 0xff, frame, ...u16(11), 8, ...u16(height), ...u16(width), 1, 1, 0x11, 0],
];
const webp = (kind: string, data: number[]) => [
	...[...text('RIFF'), 0, 0, 0, 0, ...text(`WEBP${kind}`), 0, 0, 0, 0, ...data],
];
const lossless = (width: number, height: number) => {
	const bits = (width - 1) | ((height - 1) << 14);
	return webp('VP8L', [0x2f, ...u24(bits & 0xffffff), bits >>> 24]);
};
const lossy = (width: number, height: number) =>
	webp('VP8 ', [0, 0, 0, 0x9d, 1, 0x2a, ...u24(width).slice(0, 2), ...u24(height).slice(0, 2)]);
const extended = (width: number, height: number) =>
	webp('VP8X', [0, 0, 0, 0, ...u24(width - 1), ...u24(height - 1)]);

const FORMATS = [
	['png', png],
	['jpeg', jpeg],
	['progressive jpeg', (width: number, height: number) => jpeg(width, height, 0xc2)],
	['lossless webp', lossless],
	['lossy webp', lossy],
	['extended webp', extended],
] as const;

describe.each(FORMATS)('a %s', (_, encode) => {
	it('declares its size', () => {
		expect(readImageSize(new Uint8Array(encode(96, 4_000)))).toEqual({ width: 96, height: 4_000 });
	});

	it('is accepted as a picture up to the maximum size, whatever type its data URL names', () => {
		const isAccepted = (width: number, height: number) => {
			const base64 = Buffer.from(encode(width, height)).toString('base64');
			return picture.safeParse(`data:image/png;base64,${base64}`).success;
		};
		expect(isAccepted(MAX_PICTURE_SIDE_PX, MAX_PICTURE_SIDE_PX)).toBe(true);
		expect(isAccepted(MAX_PICTURE_SIDE_PX + 1, 1)).toBe(false);
		expect(isAccepted(1, MAX_PICTURE_SIDE_PX + 1)).toBe(false);
	});

	it('has no size when it is cut off', () => {
		const bytes = encode(96, 96);
		for (const length of [0, 1, 4, 8, 12, 16]) {
			expect(readImageSize(new Uint8Array(bytes.slice(0, length)))).toBeUndefined();
		}
	});
});

it('rejects a picture without a readable header', () => {
	for (const data of ['R0lGODlhAQABAAAAACw=', 'AAAA', 'A====', 'iVBORw0KGgo=']) {
		expect(picture.safeParse(`data:image/png;base64,${data}`).success).toBe(false);
	}
});
