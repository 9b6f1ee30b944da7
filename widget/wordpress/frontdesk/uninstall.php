<?php
/** Takes away what the plugin stored. */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

delete_option( 'frontdesk' );
