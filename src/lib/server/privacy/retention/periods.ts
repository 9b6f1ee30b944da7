/** Days that what grows for ever is kept; docs/architecture.md tells of each. */
export const KEPT_DAYS = {
	/** After they have run out. */
	user_tokens: 1,
	rate_limits: 1,
	invitations: 90,
	mails: 90,
	/** What was sent and answered; the delivery itself stays. */
	delivery_bodies: 90,
	automation_errors: 90,
	/** Since they were last seen. */
	error_groups: 365,
	messenger_sends: 30,
	test_chats: 30,
	audit_entries: 730,
} as const;
export type Kept = keyof typeof KEPT_DAYS;
