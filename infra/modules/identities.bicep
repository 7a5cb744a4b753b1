metadata name = 'Identities'
metadata description = 'The user-assigned identities that the app and Event Hubs Capture sign in with. Reference: AVM managed-identity/user-assigned-identity.'

@description('Required. Region of the identities.')
param location string

@description('Required. Tags of every resource.')
param tags object

@description('Required. Name of the identity that the function app runs as.')
param appIdentityName string

@description('Required. Name of the identity that Event Hubs writes capture files as. User-assigned, so that its role exists before the first hub does.')
param captureIdentityName string

resource app 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: appIdentityName
  location: location
  tags: tags
}

resource capture 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: captureIdentityName
  location: location
  tags: tags
}

@description('Object id of the app identity, for role assignments.')
output appPrincipalId string = app.properties.principalId

@description('Object id of the capture identity, for role assignments.')
output capturePrincipalId string = capture.properties.principalId
