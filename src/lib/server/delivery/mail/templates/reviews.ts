import type { MailContent } from '../render.ts';

interface Excerpt {
	who: string;
	text: string;
	is_marked?: boolean;
}

export interface ReviewMails {
	review_issue: {
		site: string;
		visitor: string;
		session_id: string;
		reviewer: string;
		reasons: string[];
		notes: string;
		/** The reply that the AI should have given. */
		expected?: string | null;
		excerpt: Excerpt[];
		url: string;
	};
	review_fixed: {
		site: string;
		visitor: string;
		session_id: string;
		fixed_by: string;
		developer_feedback: string;
		url: string;
	};
}

export const reviewTemplates = {
	review_issue: (data: ReviewMails['review_issue']): MailContent => ({
		subject: `Issue on ${data.site}: ${getFirstLine(data.notes)}`,
		title: 'A reviewer found an issue',
		parts: [
			{ type: 'text', text: data.notes },
			{
				type: 'facts',
				rows: [
					...(data.reasons.length > 0
						? [['Reasons', data.reasons.join(', ')] as [string, string]]
						: []),
					...(data.expected ? [['Expected answer', data.expected] as [string, string]] : []),
					['Reviewer', data.reviewer],
					['Site', data.site],
					['Visitor', data.visitor],
					['Chat session', data.session_id],
				],
			},
			...(data.excerpt.length > 0 ? [{ type: 'quote' as const, lines: data.excerpt }] : []),
			{ type: 'button', label: 'Open chat', url: data.url },
			{
				type: 'hint',
				text: 'Once it is fixed, mark the chat as fixed and describe what you changed. The reviewer will be notified.',
			},
		],
	}),
	review_fixed: (data: ReviewMails['review_fixed']): MailContent => ({
		subject: `Fixed on ${data.site}: ${getFirstLine(data.developer_feedback)}`,
		title: 'The issue you found is fixed',
		parts: [
			{ type: 'text', text: data.developer_feedback },
			{
				type: 'facts',
				rows: [
					['Fixed by', data.fixed_by],
					['Site', data.site],
					['Visitor', data.visitor],
					['Chat session', data.session_id],
				],
			},
			{ type: 'button', label: 'Review again', url: data.url },
		],
	}),
};

const MAX_SUBJECT_LENGTH = 80;

/** Returns the first line of a text, truncated for a subject. */
function getFirstLine(text: string): string {
	const line = text.trim().split('\n')[0] ?? '';
	return line.length > MAX_SUBJECT_LENGTH
		? `${line.slice(0, MAX_SUBJECT_LENGTH).toWellFormed()}…`
		: line;
}
