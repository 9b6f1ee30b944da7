/** Values that a user enters in the node *Settings* of docs/n8n/ad-conversions.json. */
export const AD_SETTINGS = {
	google_customer_id: '123-456-7890',
	google_login_customer_id: '',
	google_developer_token: 'developer token',
	google_conversion_action_qualified: '11',
	google_conversion_action_won: '22',
	meta_pixel_id: '999',
	meta_event_qualified: 'Lead',
	meta_event_won: 'Purchase',
	currency: 'EUR',
};
