/** A member of the team. */
export interface Person {
	id: number;
	name: string;
}
