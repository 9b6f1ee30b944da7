import { expect, it } from 'vitest';
import { findVersionChanges } from './versions.ts';

const toDays = (...versions: string[][]) => versions.map((used, at) => ({ at, versions: used }));
const listChanges = (...versions: string[][]) =>
	findVersionChanges(toDays(...versions)).map(({ at, version }) => `${at} ${version}`);

it('finds the day on which a version comes into use', () => {
	expect(listChanges(['v1'], ['v1', 'v2'], ['v2'])).toEqual(['1 v2']);
});
it('finds nothing on the first day, nor while two versions take turns', () => {
	expect(listChanges(['v1', 'v2'], ['v1'], ['v2', 'v1'], ['v1', 'v2'])).toEqual([]);
});
it('finds a rollback, which replaces all versions of the day before', () => {
	expect(listChanges(['v1'], ['v2'], ['v2'], ['v1'])).toEqual(['1 v2', '3 v1']);
});
it('finds a version that was out of use for a week', () => {
	const week = Array.from({ length: 7 }, () => ['v2']);
	expect(listChanges(['v1', 'v2'], ...week, ['v1', 'v2'])).toEqual(['8 v1']);
});
